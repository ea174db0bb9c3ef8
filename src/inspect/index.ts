export { graphJson, type MermaidOptions, toMermaid } from '../diagram/index.ts'
export type { InspectionBounds } from './bounds.ts'
export { safeInspector } from './safe-inspector.ts'
export { type StatelyInspector, statelyInspector, type StatelyOptions } from './stately.ts'
