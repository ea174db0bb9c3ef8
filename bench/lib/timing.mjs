/** The middle of some numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]
    : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Milliseconds that one call of `work` takes: after a warm-up of 0.8 × `forMs`, batches of some 20 ms until `forMs` are
 * over (five at least); the median of the batches' means. `cpuMs` is the mean time that this thread had a core for it, the
 * steadier figure on a machine with other work; some systems count it in steps of milliseconds, too coarse for batches.
 */
export async function timeOf(work, forMs) {
  const warmUp = stopwatch()
  let calls = 0
  do {
    await work()
    calls += 1
  } while (warmUp() < 0.8 * forMs && calls < 20_000)
  const perBatch = Math.max(1, Math.round(20 / (warmUp() / calls)))
  const means = []
  const [whole, cpu] = [stopwatch(), cpuStopwatch()]
  while (whole() < forMs || means.length < 5) {
    const batch = stopwatch()
    for (let i = 0; i < perBatch; i += 1) await work()
    means.push(batch() / perBatch)
  }
  return { ms: median(means), cpuMs: cpu() / (means.length * perBatch) }
}

/** Tells the milliseconds that this thread has worked since it was made. */
export function cpuStopwatch() {
  const start = process.threadCpuUsage()
  return () => {
    const { user, system } = process.threadCpuUsage(start)
    return (user + system) / 1000
  }
}

/** Tells the milliseconds since it was made. */
export function stopwatch() {
  const start = performance.now()
  return () => performance.now() - start
}
