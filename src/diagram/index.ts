export { graphJson } from './graph-json.ts'
export { type MermaidOptions, toMermaid } from './mermaid.ts'
export { pathDiagram } from './path-diagram.ts'
export { type RunPath, runPath } from './run-path.ts'
