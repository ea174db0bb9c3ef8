import type { Tables } from './statement.ts'

/**
 * What brings the tables from each version to the next one. Once released, an entry never changes. Integers are
 * milliseconds, counters, and 0 or 1. An index has the prefix alone: it lies where its table does.
 */
export const migrations: readonly ((tables: Tables, prefix: string) => readonly string[])[] = [
  ({ runs, saves, messages, inbox, marks }, prefix) => [
    `CREATE TABLE ${runs} (
      run_id TEXT NOT NULL PRIMARY KEY,
      conversation_id TEXT NOT NULL,
      agent_name TEXT,
      status TEXT NOT NULL,
      title TEXT,
      search_text TEXT NOT NULL,
      error TEXT,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      seq BIGINT NOT NULL,
      step BIGINT NOT NULL,
      message_count BIGINT NOT NULL,
      wake_at BIGINT,
      due_at BIGINT,
      attempts BIGINT NOT NULL,
      owner TEXT,
      lease_until BIGINT NOT NULL,
      token BIGINT NOT NULL,
      saved_token BIGINT NOT NULL,
      step_seq BIGINT NOT NULL,
      stale_messages BIGINT NOT NULL,
      inbox_count BIGINT NOT NULL,
      inbox_last_id BIGINT NOT NULL,
      creation_id TEXT,
      forked_from_run_id TEXT,
      forked_from_seq BIGINT
    )`,
    `CREATE INDEX "${prefix}runs_by_due" ON ${runs} (updated_at) WHERE due_at IS NOT NULL`,
    `CREATE INDEX "${prefix}runs_by_created" ON ${runs} (created_at, run_id)`,
    `CREATE INDEX "${prefix}runs_by_status" ON ${runs} (status, created_at, run_id)`,
    `CREATE INDEX "${prefix}runs_by_conversation" ON ${runs} (conversation_id)`,
    `CREATE TABLE ${saves} (
      run_id TEXT NOT NULL,
      seq BIGINT NOT NULL,
      is_step BIGINT NOT NULL,
      state TEXT NOT NULL,
      step BIGINT NOT NULL,
      message_count BIGINT NOT NULL,
      saved_at BIGINT NOT NULL,
      snapshot TEXT NOT NULL,
      awaits TEXT NOT NULL,
      PRIMARY KEY (run_id, seq)
    )`,
    `CREATE TABLE ${messages} (
      run_id TEXT NOT NULL,
      position BIGINT NOT NULL,
      seq BIGINT NOT NULL,
      message TEXT NOT NULL,
      PRIMARY KEY (run_id, position, seq)
    )`,
    `CREATE TABLE ${inbox} (
      run_id TEXT NOT NULL,
      id BIGINT NOT NULL,
      delivered_at BIGINT NOT NULL,
      mark_key TEXT NOT NULL,
      detail TEXT NOT NULL,
      event TEXT NOT NULL,
      PRIMARY KEY (run_id, id)
    )`,
    `CREATE TABLE ${marks} (
      run_id TEXT NOT NULL,
      mark_key TEXT NOT NULL,
      name TEXT NOT NULL,
      detail TEXT NOT NULL,
      is_open BIGINT NOT NULL,
      is_given BIGINT NOT NULL,
      PRIMARY KEY (run_id, mark_key)
    )`,
    `CREATE INDEX "${prefix}marks_by_name" ON ${marks} (run_id, name)`,
    `CREATE INDEX "${prefix}marks_open" ON ${marks} (run_id) WHERE is_open = 1`,
  ],
]
