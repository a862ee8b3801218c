import type { ResourcePermission, Visibility } from '@castellan/contract';
import { pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './column-types.ts';

/** Tables of `0008-access.sql`. */

export const serviceActions = pgTable('service_actions', {
  id: uuid('id').primaryKey(),
  serviceId: uuid('service_id').notNull(),
  name: text('name').notNull(),
  description: text('description').notNull().default(''),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  absentSince: moment('absent_since'),
});

export const roles = pgTable('roles', {
  id: uuid('id').primaryKey(),
  workspaceId: uuid('workspace_id').notNull(),
  name: text('name').notNull(),
  nameKey: text('name_key').notNull().generatedAlwaysAs('lower(name)'),
  description: text('description').notNull().default(''),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

export const roleActions = pgTable(
  'role_actions',
  {
    roleId: uuid('role_id').notNull(),
    actionId: uuid('action_id').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.roleId, table.actionId] })],
);

export const roleMembers = pgTable(
  'role_members',
  {
    workspaceId: uuid('workspace_id').notNull(),
    roleId: uuid('role_id').notNull(),
    userId: uuid('user_id').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.roleId, table.userId] })],
);

export const roleGroups = pgTable(
  'role_groups',
  {
    workspaceId: uuid('workspace_id').notNull(),
    roleId: uuid('role_id').notNull(),
    groupId: uuid('group_id').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.roleId, table.groupId] })],
);

export const resourceTypes = pgTable('resource_types', {
  id: uuid('id').primaryKey(),
  serviceId: uuid('service_id').notNull(),
  name: text('name').notNull(),
  createdAt: moment('created_at').notNull(),
});

export const resources = pgTable('resources', {
  id: uuid('id').primaryKey(),
  typeId: uuid('type_id').notNull(),
  key: text('key').notNull(),
  workspaceId: uuid('workspace_id').notNull(),
  ownerId: uuid('owner_id'),
  visibility: text('visibility').$type<Visibility>().notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

export const resourceShares = pgTable('resource_shares', {
  id: uuid('id').primaryKey(),
  workspaceId: uuid('workspace_id').notNull(),
  typeId: uuid('type_id').notNull(),
  resourceId: uuid('resource_id').notNull(),
  userId: uuid('user_id'),
  groupId: uuid('group_id'),
  permission: text('permission').$type<ResourcePermission>().notNull(),
  createdAt: moment('created_at').notNull(),
});
