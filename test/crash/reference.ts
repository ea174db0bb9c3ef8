import { setTimeout as pause } from 'node:timers/promises'
import type { AgentRun } from '../../src/index.ts'
import { crashAgent } from './child/crash-agent.ts'
import { prompt } from './job.ts'
import { outline } from './outline.ts'
import type { RunPlan } from './plan.ts'
import { verdictOn } from './verdicts.ts'

/** What a run comes to that nothing happens to. */
export interface Reference {
  readonly lines: readonly string[]
  readonly output: unknown
}

/** Runs the plan in this process, undisturbed. */
export async function referenceOf(plan: RunPlan): Promise<Reference> {
  const agent = crashAgent(plan, {
    effect: (effect) => {
      if (effect.kind === 'violation') throw new Error(effect.told)
    },
    pass: () => {},
    pause: () => Promise.resolve(),
  })
  const run: AgentRun = agent.iter(prompt)
  const ending = run.finish()
  const over = ending.then(() => true)
  do await decideAll(run, plan)
  while (!(await Promise.race([over, pause(1, false)])))
  return {
    lines: outline(run.allMessages(), plan),
    output: run.result?.output,
  }
}

async function decideAll(run: AgentRun, plan: RunPlan): Promise<void> {
  for (const { toolCallId } of run.waitingFor) {
    const event = verdictOn(plan, toolCallId)
    if (event?.type === 'tool-call-approved') {
      const { overrideArgs } = event
      await run.approve(toolCallId, overrideArgs === undefined ? {} : { overrideArgs })
    }
    if (event?.type === 'tool-call-denied') await run.deny(toolCallId, event.message)
    if (event?.type === 'tool-call-answered') await run.answer(toolCallId, event.result)
  }
}
