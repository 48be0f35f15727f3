/** Why infrastructure could not be had. The code is stable; the message is one sentence that says what to do. */
export type InfraErrorCode =
  | 'INFRA_MODE_INVALID'
  | 'INFRA_URL_MISSING'
  | 'INFRA_URL_INVALID'
  | 'INFRA_URL_UNREACHABLE'
  | 'INFRA_DOCKER_MISSING'
  | 'INFRA_DOCKER_FAILED'
  | 'INFRA_JAVA_MISSING'
  | 'INFRA_MAVEN_MISSING'
  | 'INFRA_DOWNLOAD_FAILED'
  | 'INFRA_PLATFORM_UNSUPPORTED'
  | 'INFRA_START_FAILED'
  | 'INFRA_NOT_STARTED';

export class InfraError extends Error {
  override readonly name = 'InfraError';

  constructor(
    readonly code: InfraErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
