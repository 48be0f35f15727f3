export { pValue, type Sample } from './exact-test.js';
export { addReading, NO_INCREASES, type Increases, type Reading } from './increases.js';
export { judge, type Evidence, type Finding, type Judgement, type JudgementReason, type Verdict } from './judge.js';
export { measure, MEASURES, NO_COUNTS, type Counts, type Measure } from './measures.js';
export { checkRules, DEFAULT_RULES, type Limits, type Rules } from './rules.js';
