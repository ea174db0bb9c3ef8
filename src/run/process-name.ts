/** Drawn when it is first asked for: some workers may not draw random numbers while they load. */
let randomName: string | undefined

/** Who this process is, for people who look at leases. */
export function processName(): string {
  randomName ??= `process-${randomText()}`
  const pid = globalThis.process?.pid
  return pid === undefined ? randomName : `${randomName}-${pid}`
}

/** Something that nobody else has. */
export function randomText(): string {
  return globalThis.crypto.randomUUID().slice(0, 13)
}
