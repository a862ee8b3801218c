import {
  type AdminField,
  type AdminModel,
  type FieldType,
  type FilterOperator,
  type SchemaDocument,
  schemaDocumentVersion,
  userStates,
} from '@castellan/contract';

const field = (name: string, label: string, type: FieldType, more: Partial<AdminField> = {}): AdminField => ({
  name,
  label,
  type,
  itemType: null,
  values: null,
  isNullable: false,
  isKey: name === 'id',
  isRedacted: false,
  readOnly: name === 'id' ? 'key' : 'denied',
  isOptionalOnCreate: true,
  maxLength: null,
  operators: [],
  isSortable: false,
  isIndexed: false,
  references: null,
  ...more,
});

const eq: FilterOperator[] = ['eq'];
const sortable = { isSortable: true, isIndexed: true };
/** Reading alone, and for administrators alone: changes have their own pages, with what they end and whom they tell. */
const look = { minRole: 'owner' as const, needsApproval: false };

const model = (
  facts: Pick<
    AdminModel,
    'name' | 'label' | 'labelPlural' | 'labelField' | 'fields' | 'listFields' | 'searchFields'
  >,
): AdminModel => ({
  ...facts,
  key: ['id'],
  defaultSort: { field: 'name', direction: 'asc' },
  actions: { list: look, read: look, create: null, update: null, delete: null },
  customActions: [],
  referencedBy: [],
});

/** Castellan's own people, workspaces and services, described as a product describes its data. */
export const castellanDocument: SchemaDocument = {
  version: schemaDocumentVersion,
  service: 'castellan',
  revision: '1',
  canImpersonate: false,
  models: [
    model({
      name: 'User',
      label: 'Person',
      labelPlural: 'People',
      labelField: 'name',
      listFields: ['id', 'name', 'email', 'state', 'isAdmin', 'createdAt', 'lastLoginAt'],
      searchFields: ['name', 'email'],
      fields: [
        field('id', 'Id', 'uuid'),
        field('name', 'Name', 'string', sortable),
        field('email', 'E-mail', 'string', sortable),
        field('state', 'State', 'enum', { values: [...userStates], operators: eq }),
        field('isAdmin', 'Administrator', 'boolean', { operators: eq }),
        field('createdAt', 'Created', 'timestamp', sortable),
        field('lastLoginAt', 'Last sign-in', 'timestamp', { ...sortable, isNullable: true }),
        field('workspaceCount', 'Workspaces', 'integer'),
      ],
    }),
    model({
      name: 'Workspace',
      label: 'Workspace',
      labelPlural: 'Workspaces',
      labelField: 'name',
      listFields: ['id', 'name', 'slug', 'description', 'memberCount', 'createdAt'],
      searchFields: ['name', 'slug'],
      fields: [
        field('id', 'Id', 'uuid'),
        field('name', 'Name', 'string', sortable),
        field('slug', 'Slug', 'string'),
        field('description', 'Description', 'text'),
        field('memberCount', 'Members', 'integer'),
        field('groupCount', 'Groups', 'integer'),
        field('createdAt', 'Created', 'timestamp', sortable),
        field('updatedAt', 'Updated', 'timestamp'),
      ],
    }),
    model({
      name: 'Service',
      label: 'Service',
      labelPlural: 'Services',
      labelField: 'name',
      listFields: ['id', 'name', 'description', 'adminUrl', 'clientCount', 'createdAt'],
      searchFields: ['name', 'description'],
      fields: [
        field('id', 'Id', 'uuid'),
        field('name', 'Name', 'string'),
        field('description', 'Description', 'text'),
        field('adminUrl', 'Admin address', 'string', { isNullable: true }),
        field('resourceUri', 'Resource address', 'string', { isNullable: true }),
        field('origins', 'Origins', 'array', { itemType: 'string' }),
        field('clientCount', 'Clients', 'integer'),
        field('createdAt', 'Created', 'timestamp'),
      ],
    }),
  ],
};
