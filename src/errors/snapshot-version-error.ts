import { AgentError } from './agent-error.ts'

/** A snapshot was written in a version that this one does not know, most often a newer one. */
export class SnapshotVersionError extends AgentError {
  override name = 'SnapshotVersionError' as const
  /** As the snapshot says it. */
  readonly version: unknown

  constructor(version: unknown, newest: number) {
    super(`The snapshot has version ${shown(version)}`, {
      hint: `This version of agentchart reads 1 to ${newest}: use the one that wrote it, or a newer one`,
    })
    this.version = version
  }
}

function shown(version: unknown): string {
  if (typeof version === 'string') return JSON.stringify(version.slice(0, 40))
  return typeof version === 'object' && version !== null ? 'an object' : String(version)
}
