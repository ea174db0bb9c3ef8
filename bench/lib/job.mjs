// What every contender has to do: the same texts, tool, model answers and counts for all of them.
import { z } from 'zod'

export const instructions =
  'You plan journeys by rail. Look up the trains of every station and day the traveller names, and answer in one ' +
  'short paragraph. If a train is not in the timetable, say so instead of guessing.'
export const question =
  'Which trains do I take on my tour, station by station? Look up each of them, please.'
export const answer =
  'Every leg of the tour is looked up: trains leave at the same minute each day.'

export const toolName = 'timetable'
export const toolDescription = 'The next train from a station on a day of the tour.'
export const toolInput = z.object({
  station: z.string().min(1),
  day: z.number().int().min(0).max(1000),
  coach: z.enum(['first', 'second']),
})

/** What really happened in this process; the worker compares it with what the script asks for. */
export const tally = {
  modelCalls: 0,
  toolRuns: 0,
  /** Tool results that the latest model call was shown; kept up by contenders only while `isChecking`. */
  resultsSeen: 0,
  isChecking: false,
  /** While it is a list, the time of each model call goes into it. */
  stepTimes: null,
}

export function resetTally() {
  tally.modelCalls = 0
  tally.toolRuns = 0
  tally.resultsSeen = 0
}

/** The tool's work: next to nothing, with an object as its result. */
export function lookUp({ station, day, coach }) {
  tally.toolRuns += 1
  return { station, day, coach, leavesAt: `${6 + (day % 14)}:42`, note: 'Runs daily, seats left' }
}

/** What one model call is said to have used. */
export const used = { input: 100, output: 20 }

export const workloads = {
  W1: { title: 'one question, one answer', rounds: 0, fanOut: 0 },
  W2: { title: '10 rounds with one tool call each', rounds: 10, fanOut: 1 },
  W3: { title: '16 tool calls in one response', rounds: 1, fanOut: 16 },
  W4: { title: 'an answer in 2,000 text deltas', rounds: 0, fanOut: 0, deltas: 2000 },
  W5: { title: '1,000 runs of W2 at once', rounds: 10, fanOut: 1, runs: 1000 },
  W6: { title: 'one run of 300 rounds', rounds: 300, fanOut: 1 },
  W7: { title: 'from process start to the first answer', rounds: 0, fanOut: 0 },
  W8: { title: 'paused before the tool of round 21', rounds: 21, fanOut: 1, pauseAt: 20 },
  W9: { title: 'W2 with a store in SQLite, every step durable', rounds: 10, fanOut: 1 },
  W10: { title: '10,000 runs that wait for approval', rounds: 1, fanOut: 1, runs: 10_000 },
  W11: { title: 'a conversation of 100,000 messages', rounds: 1, fanOut: 1, messages: 100_000 },
}

const stations = ['Aarhus', 'Basel', 'Cádiz', 'Delft', 'Essen', 'Ferrara', 'Gent', 'Hull']

/**
 * The model's part. `respond` gets the id of the last tool result the model was shown (none: the first request) and
 * gives `{ text }` or `{ toolCalls: [{ id, name, args }] }`. It keeps no state of a run, so runs can share it, and a
 * result that does not find its way back to the model cannot go unnoticed.
 */
export function scriptOf({ rounds, fanOut, deltas = 0, pauseAt }) {
  const steps = Array.from({ length: rounds }, (_, round) => ({
    toolCalls: Array.from({ length: fanOut }, (_, i) => toolCall(round, i)),
  }))
  steps.push({ text: answer })
  const texts = Array.from({ length: deltas }, (_, i) => `leg ${i % 10}, `)
  return {
    rounds,
    pauseAt,
    deltas: texts,
    streamed: texts.join(''),
    modelCalls: rounds + 1,
    toolRuns: rounds * fanOut,
    respond(lastToolCallId) {
      tally.modelCalls += 1
      if (tally.stepTimes !== null) tally.stepTimes.push(performance.now())
      return steps[lastToolCallId == null ? 0 : 1 + Number.parseInt(lastToolCallId.slice(3), 10)]
    },
  }
}

/** Ids are `tc-<round>-<position>`. */
function toolCall(round, i) {
  const args = {
    station: stations[(round + i) % stations.length],
    day: (round * 16 + i) % 1000,
    coach: 'second',
  }
  return { id: `tc-${round}-${i}`, name: toolName, args: JSON.stringify(args) }
}
