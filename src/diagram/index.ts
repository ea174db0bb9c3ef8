export { graphJson } from './graph-json.ts'
export { type MermaidOptions, toMermaid } from './mermaid.ts'
