import { parseJson } from '../codec/index.ts'
import { ValidationError } from '../errors/index.ts'
import type { RowQuery, RunRow } from './backend.ts'
import { checkName, isName, storable } from './names.ts'
import { runStatuses } from './run-statuses.ts'
import type { RunRecord, RunStatus } from './stored-run.ts'

/** Which runs to list. All conditions hold; without any, all runs. */
export interface RunQuery {
  readonly status?: RunStatus | readonly RunStatus[]
  readonly agentName?: string
  readonly conversationId?: string
  /** Part of the title or of the run's id, upper and lower case alike. */
  readonly search?: string
  /** Days or times with a zone in ISO 8601, both included. */
  readonly updatedAfter?: string
  readonly updatedBefore?: string
  /** Default 50, at most 1,000. */
  readonly limit?: number
  /** From the list before. */
  readonly cursor?: string
}

/** A page of runs, those created last first. Each run is on one page, also when runs change in between. */
export interface RunList {
  readonly runs: readonly RunRecord[]
  /** `null`: there are no more. */
  readonly cursor: string | null
}

const defaultLimit = 50
const mostRuns = 1_000
const longestSearch = 1_000

/**
 * A query as rows know it.
 *
 * @throws {ValidationError} when a status, a time or the cursor is none
 */
export function rowQuery(query: RunQuery): RowQuery {
  const { status, agentName, conversationId, search, limit = defaultLimit, cursor } = query
  if (agentName !== undefined) checkName(agentName, 'agentName')
  if (conversationId !== undefined) checkName(conversationId, 'conversationId')
  return {
    statuses: status === undefined ? null : checkStatuses(status),
    agentName: agentName ?? null,
    conversationId: conversationId ?? null,
    search: search === undefined || search === '' ? null : foldCase(checkSearch(search)),
    updatedFrom: timeOf(query.updatedAfter, 'updatedAfter'),
    updatedTo: timeOf(query.updatedBefore, 'updatedBefore'),
    after: cursor === undefined ? null : readCursor(cursor),
    limit: checkLimit(limit),
  }
}

function checkStatuses(status: RunStatus | readonly RunStatus[]): readonly RunStatus[] {
  const statuses = typeof status === 'string' ? [status] : status
  for (const each of statuses) {
    if (runStatuses.includes(each)) continue
    throw new ValidationError(`Expected one of ${runStatuses.join(', ')}, not '${each}'`, [
      'status',
    ])
  }
  return statuses
}

/** What `search` looks in. */
export function searchTextOf(runId: string, title: string | null): string {
  return foldCase(title === null ? runId : `${runId}\n${title}`)
}

/** The place behind a run. */
export function cursorBehind({ createdAt, runId }: RunRow): string {
  return JSON.stringify([createdAt, runId])
}

/** A day, or a time with its zone: without one it would be that of the machine. */
const isoDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/** @throws {ValidationError} when it is no time */
export function timeOf(text: string | undefined, field: string): number | null {
  if (text === undefined) return null
  const time = isoDate.test(text) ? Date.parse(text) : NaN // it also takes '5', and months before days
  if (!Number.isNaN(time)) return time
  throw new ValidationError('Expected a time in ISO 8601, such as 2026-01-31', [field])
}

function foldCase(text: string): string {
  return storable(text).toLowerCase()
}

function checkSearch(search: string): string {
  if (search.length <= longestSearch) return search
  throw new ValidationError(`Expected at most ${longestSearch} characters`, ['search'])
}

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostRuns) return limit
  throw new ValidationError(`Expected a whole number from 1 to ${mostRuns}`, ['limit'])
}

function readCursor(cursor: string): NonNullable<RowQuery['after']> {
  const place = parsed(cursor)
  if (Array.isArray(place)) {
    const list: readonly unknown[] = place
    const [createdAt, runId] = list
    if (Number.isSafeInteger(createdAt) && isName(runId)) {
      return { createdAt: Number(createdAt), runId }
    }
  }
  throw new ValidationError('Expected the cursor of a list before', ['cursor'])
}

function parsed(cursor: string): unknown {
  try {
    return parseJson(cursor)
  } catch {
    return undefined
  }
}

/** What a list is made with. */
export interface ListSource {
  /** Whether the database can search titles. */
  readonly isReadable: boolean
  readonly page: (query: RowQuery) => Promise<readonly RunRow[]>
  readonly record: (run: RunRow) => Promise<RunRecord>
}

/** One page; it is read with one row more, which tells whether there is another page. */
export async function listRuns(query: RowQuery, source: ListSource): Promise<RunList> {
  const search = source.isReadable ? null : query.search
  const asked = {
    ...query,
    search: source.isReadable ? query.search : null,
    limit: query.limit + 1,
  }
  const found: { readonly run: RunRow; readonly record: RunRecord }[] = []
  for (let after = asked.after; found.length < asked.limit;) {
    const page = await source.page({ ...asked, after })
    for (const run of page) {
      const record = await source.record(run)
      const text = search === null ? '' : searchTextOf(run.runId, record.title)
      if (search === null || text.includes(search)) found.push({ run, record })
    }
    const last = page.at(-1)
    if (last === undefined || page.length < asked.limit) break
    after = last
  }
  const shown = found.slice(0, query.limit)
  const last = shown.at(-1)
  const hasMore = found.length > query.limit && last !== undefined
  return {
    runs: shown.map(({ record }) => record),
    cursor: hasMore ? cursorBehind(last.run) : null,
  }
}
