export { exportHtml, type RunInStore } from './export-html.ts'
export { type ServedInspector, serveInspector } from './serve-inspector.ts'
export type { InspectedAgent, InspectorOptions } from './options.ts'
