import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import * as gallery from '../../../machines/gallery/index.ts'
import { toMermaid } from '../../../src/inspect/index.ts'

const page = readFileSync(new URL('../../../docs/gallery.md', import.meta.url), 'utf8')
const sections = page.split(/^## /m)

const machines: Readonly<Record<string, AnyStateMachine>> = {
  Pipeline: gallery.pipelineMachine,
  Triage: gallery.triageMachine,
  Research: gallery.researchMachine,
  Refinement: gallery.refinementMachine,
  Supervisor: gallery.supervisorMachine,
  Review: gallery.reviewMachine,
}

it('every machine of the gallery is on its page', () => {
  const exported = Object.values(gallery).filter((value) => 'root' in value)
  expect(new Set(Object.values(machines))).toEqual(new Set(exported))
})

it.each(Object.entries(machines))(
  '%s is drawn as it is, and each of its slots is named',
  (name, machine) => {
    const section = sections.find((text) => text.startsWith(`${name}\n`)) ?? ''
    const [, picture] = /^```mermaid\n(.*?)^```/ms.exec(section) ?? []
    expect(picture).toBe(toMermaid(machine, { direction: 'LR' }))
    const row = page
      .split('\n')
      .find((line) => line.startsWith(`| [\`${name.toLowerCase()}Machine`))
    for (const slot of Object.keys(machine.implementations.actors)) expect(row).toContain(slot)
  },
)
