export { graphJson, type MermaidOptions, toMermaid } from '../diagram/index.ts'
