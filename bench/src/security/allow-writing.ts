import kafkajs, { type Kafka } from 'kafkajs';

// kafkajs is CommonJS, and Node finds only some of its names
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** Who writes on servers that want a login. */
export const BENCH_USER = 'bench';

/** Allows the bench's user to write a topic of brokers that deny by default. */
export async function allowWriting(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createAcls({
      acl: [
        {
          principal: `User:${BENCH_USER}`,
          host: '*',
          operation: AclOperationTypes.WRITE,
          permissionType: AclPermissionTypes.ALLOW,
          resourceType: AclResourceTypes.TOPIC,
          resourceName: topic,
          resourcePatternType: ResourcePatternTypes.LITERAL,
        },
      ],
    });
  } finally {
    await admin.disconnect();
  }
}
