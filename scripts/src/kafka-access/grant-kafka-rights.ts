import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { kafkaRights, type ShopTopics } from './kafka-rights.js';

// kafkajs is CommonJS, and Node finds only some of its names
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** What each user must be allowed of an installation with this prefix, as kafkajs's `createAcls` takes it. */
export function kafkaAcls(prefix: string, own?: ShopTopics): AclEntry[] {
  return kafkaRights(prefix, own).flatMap(({ user, resource, name, operations }) =>
    operations.map((operation): AclEntry => ({
      principal: `User:${user}`,
      host: '*',
      operation: AclOperationTypes[operation],
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
      resourceName: name,
      resourcePatternType: ResourcePatternTypes.LITERAL,
    })),
  );
}

/** Allows each user what an installation with this prefix needs. */
export async function grantKafkaRights(admin: Admin, prefix: string, own?: ShopTopics): Promise<void> {
  await admin.createAcls({ acl: kafkaAcls(prefix, own) });
}
