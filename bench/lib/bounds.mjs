// The bounds of `--short`: two to six times what is measured on a quiet machine, so that only a step backwards breaks them.
const mostOfPeer = { W1: 0.8, W2: 0.6, W3: 0.6, W5: 0.8, W6: 0.4, W8: 0.6 }
const mostGrowth = 1.6
/** W9: commits a round, and what one costs beside a raw insert. */
const mostCommits = 2
const mostPerCommit = 6

/** What is out of bounds, a line each. */
export function brokenBounds(summary) {
  return Object.entries(summary).flatMap(([workload, { agentchart: own, 'ai-generate': peer }]) => {
    if (own === undefined) return [`${workload}: not measured`]
    const found = factsOf(workload, own, peer)
    return found.flatMap(([what, value, most]) =>
      value <= most ? [] : [`${workload}: ${what} is ${value}, at most ${most} allowed`],
    )
  })
}

/** What is measured of a workload and how much it may be; what is missing breaks its bound. */
function factsOf(workload, own, peer) {
  const growth = own.growth === undefined ? [] : [['growth', own.growth, mostGrowth]]
  if (workload === 'W9') {
    return [
      ['the number of commits a round', own.commitsPerRound, mostCommits],
      ['a commit × a raw insert', own.ratio, mostPerCommit],
      ...growth,
    ]
  }
  return [['the time × ai-generate', own.ms / peer?.ms, mostOfPeer[workload]], ...growth]
}
