import { type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'

/** Features that a tool needs to be switched on, by its type. */
const betasOfTools: Readonly<Record<string, string>> = {
  web_fetch_20250910: 'web-fetch-2025-09-10',
  memory_20250818: 'context-management-2025-06-27',
  advisor_20260301: 'advisor-tool-2026-03-01',
}

/**
 * The features that a request uses and that have to be switched on, with those that were asked for.
 *
 * @param wanted lists of names, as in the header
 * @see https://platform.claude.com/docs/en/api/beta-headers
 */
export function betasOf(body: RawObject, wanted: readonly string[]): string[] {
  const uses = (isUsed: boolean, beta: string): string[] => (isUsed ? [beta] : [])
  const edits = rawObjects(rawObject(body['context_management'])['edits'])
  const isCompaction = ({ type }: RawObject): boolean =>
    rawText(type)?.startsWith('compact') ?? false
  const betas = new Set([
    ...wanted.flatMap((names) => names.split(',')).map((name) => name.trim()),
    ...rawObjects(body['tools']).flatMap(({ type }) => betasOfTools[rawText(type) ?? ''] ?? []),
    ...uses(body['mcp_servers'] !== undefined, 'mcp-client-2025-04-04'),
    ...uses(body['context_management'] !== undefined, 'compact-2026-01-12'),
    ...uses(!edits.every(isCompaction), 'context-management-2025-06-27'),
    ...uses('task_budget' in rawObject(body['output_config']), 'task-budgets-2026-03-13'),
    ...uses('block_binding' in rawObject(body['thinking']), 'thinking-binding-controls-2026-08-01'),
    ...uses(body['speed'] === 'fast', 'fast-mode-2026-02-01'),
    ...uses(hasUploadedFile(body['messages']), 'files-api-2025-04-14'),
  ])
  betas.delete('')
  return [...betas].toSorted()
}

/** Also inside of tool results. */
function hasUploadedFile(messages: unknown): boolean {
  return rawObjects(messages).some(
    ({ type, source, content }) =>
      type === 'container_upload' ||
      rawObject(source)['type'] === 'file' ||
      hasUploadedFile(content),
  )
}
