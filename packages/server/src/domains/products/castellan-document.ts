import {
  type AdminField,
  type AdminModel,
  type FieldType,
  type SchemaDocument,
  schemaDocumentVersion,
} from '@castellan/contract';
import type { Browsable } from '../../platform/http/browse.ts';
import { browsableServices } from '../services/browse-services.ts';
import { browsableUsers } from '../users/browse-users.ts';
import { browsableWorkspaces } from '../workspaces/browse-workspaces.ts';

/** Reading alone, and for administrators alone: changes have their own pages, with what they end and whom they tell. */
const look = { minRole: 'owner' as const, needsApproval: false };

type Shown = Pick<
  AdminModel,
  'name' | 'label' | 'labelPlural' | 'labelField' | 'listFields' | 'searchFields'
> & {
  /** What each field is called, in the order of a detail; a list has no others. */
  readonly labels: Readonly<Record<string, string>>;
};

/** Describes a table of ours by its columns: what can be asked is written down once, there. */
function describeModel({ columns, orders }: Browsable, { labels, ...facts }: Shown): AdminModel {
  const fields = Object.entries(labels).map(([name, label]): AdminField => {
    const column = columns[name]!;
    return {
      name,
      label,
      type: column.type satisfies FieldType,
      itemType: column.type === 'array' ? 'string' : null,
      values: column.values ? [...column.values] : null,
      isNullable: column.isNullable,
      isKey: name === 'id',
      isRedacted: false,
      readOnly: name === 'id' ? 'key' : 'denied',
      isOptionalOnCreate: true,
      maxLength: null,
      operators: [...column.operators],
      isSortable: Object.hasOwn(orders, name),
      isIndexed: column.served.length > 0,
      references: null,
    };
  });
  return {
    ...facts,
    fields,
    key: ['id'],
    defaultSort: { field: 'name', direction: 'asc' },
    actions: { list: look, read: look, create: null, update: null, delete: null },
    customActions: [],
    referencedBy: [],
  };
}

/** Where the rows of each model of {@link castellanDocument} are. */
export const castellanModels: Readonly<Record<string, Browsable>> = {
  User: browsableUsers,
  Workspace: browsableWorkspaces,
  Service: browsableServices,
};

/** Castellan's own people, workspaces and services, described as a product describes its data. */
export const castellanDocument: SchemaDocument = {
  version: schemaDocumentVersion,
  service: 'castellan',
  revision: '2',
  canImpersonate: false,
  models: [
    describeModel(browsableUsers, {
      name: 'User',
      label: 'Person',
      labelPlural: 'People',
      labelField: 'name',
      listFields: ['name', 'email', 'state', 'workspaceRole', 'createdAt', 'lastLoginAt'],
      searchFields: ['name', 'email'],
      labels: {
        id: 'Id',
        name: 'Name',
        email: 'E-mail',
        state: 'State',
        isAdmin: 'Administrator',
        workspaceRole: 'Highest workspace role',
        workspaceCount: 'Workspaces',
        createdAt: 'Created',
        lastLoginAt: 'Last sign-in',
        emailVerifiedAt: 'E-mail verified',
      },
    }),
    describeModel(browsableWorkspaces, {
      name: 'Workspace',
      label: 'Workspace',
      labelPlural: 'Workspaces',
      labelField: 'name',
      listFields: ['name', 'slug', 'description', 'memberCount', 'createdAt'],
      searchFields: ['name', 'slug'],
      labels: {
        id: 'Id',
        name: 'Name',
        slug: 'Slug',
        description: 'Description',
        memberCount: 'Members',
        groupCount: 'Groups',
        createdAt: 'Created',
        updatedAt: 'Updated',
      },
    }),
    describeModel(browsableServices, {
      name: 'Service',
      label: 'Service',
      labelPlural: 'Services',
      labelField: 'name',
      listFields: ['name', 'description', 'origins', 'adminUrl', 'clientCount', 'createdAt'],
      searchFields: ['name', 'description'],
      labels: {
        id: 'Id',
        name: 'Name',
        description: 'Description',
        adminUrl: 'Admin address',
        resourceUri: 'Resource address',
        origins: 'Origins',
        clientCount: 'Clients',
        createdAt: 'Created',
      },
    }),
  ],
};
