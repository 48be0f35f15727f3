export { readOperatorConfig } from '../config.js';
export { startOperator } from '../start-operator.js';
export { createDefinitions } from './definitions.js';
export { clientOf } from './namespace.js';
export { ordersEnd, ServiceUnderTest } from './service-under-test.js';
export { grantedBy, rightsOf, type Right, type Rule } from './used-rights.js';
export { InstallationUnderTest } from './installation-under-test.js';
export { OperatorsUnderTest } from './operators-under-test.js';
