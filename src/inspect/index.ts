export { graphJson, type MermaidOptions, toMermaid } from '../diagram/index.ts'
export type { InspectionBounds } from './bounds.ts'
export { safeInspector } from './safe-inspector.ts'
