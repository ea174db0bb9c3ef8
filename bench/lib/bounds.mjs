// The bounds of `--short`: wide enough for a busy machine, tight enough that a step backwards shows.
const atMostThePeer = 1
const mostGrowth = 1.6
/** Of what the peer takes to read and check a run that was put away. */
const mostRestore = 0.5

/** What is out of bounds, a line each. */
export function brokenBounds(summary) {
  return Object.entries(summary).flatMap(([workload, rows]) => {
    const { agentchart: own, 'ai-generate': peer } = rows
    if (own?.ms === undefined || peer?.ms === undefined) return [`${workload}: not measured`]
    if (workload === 'W8') return restoreBounds(own, peer)
    const ratio = own.ms / peer.ms
    return [
      ratio > atMostThePeer &&
        `${workload}: ${ratio.toFixed(2)} × ai-generate, at most ${atMostThePeer} allowed`,
      own.growth > mostGrowth &&
        `${workload}: growth ${own.growth.toFixed(2)}, at most ${mostGrowth} allowed`,
    ].filter(Boolean)
  })
}

function restoreBounds(own, peer) {
  const ratio = own.readMs / peer.readMs
  if (ratio <= mostRestore) return []
  return [`W8: reads in ${ratio.toFixed(2)} × ai-generate, at most ${mostRestore} allowed`]
}
