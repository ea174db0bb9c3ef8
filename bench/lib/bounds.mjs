// The bounds of `--short`: wide enough for a busy machine, tight enough that a step backwards shows.
const atMostThePeer = 1
const mostGrowth = 1.6
/** Of what the peer takes to read and check a run that was put away. */
const mostRestore = 0.5
/** W9: commits a round, and what one costs beside a raw insert. */
const mostCommits = 2
const mostPerCommit = 8

/** What is out of bounds, a line each. */
export function brokenBounds(summary) {
  return Object.entries(summary).flatMap(([workload, rows]) => {
    const { agentchart: own, 'ai-generate': peer } = rows
    if (workload === 'W9') return durableBounds(own)
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

function durableBounds({ commitsPerRound, ratio, growth }) {
  return [
    commitsPerRound > mostCommits &&
      `W9: ${commitsPerRound} commits a round, ${mostCommits} allowed`,
    !(ratio <= mostPerCommit) &&
      `W9: a commit is ${ratio} × a raw insert, ${mostPerCommit} allowed`,
    !(growth <= mostGrowth) && `W9: growth ${growth}, at most ${mostGrowth} allowed`,
  ].filter(Boolean)
}
