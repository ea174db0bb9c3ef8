/** The examples of the gallery by name: `npm run example pipeline`. Without a name it lists them. */
import { styleText } from 'node:util'

const stories: Readonly<Record<string, string>> = {
  pipeline: 'An article in three steps, with a gate behind the first.',
  triage: 'A request finds its desk, which hands it on.',
  research: 'Four questions at once; one researcher fails, and it goes on without.',
  refinement: 'A slogan, until the critic is content.',
  supervisor: 'A supervisor and its workers, on a budget that does not last.',
  review: 'A letter that a person sends back; put away in between.',
}

const name = process.argv[2] ?? ''
if (Object.hasOwn(stories, name)) {
  await import(`./gallery/${name}.ts`)
} else {
  if (name !== '') process.exitCode = 1
  console.log(name === '' ? 'npm run example <name>' : `There is no example called '${name}':`)
  for (const [known, what] of Object.entries(stories)) {
    console.log(`  ${styleText(['bold', 'cyan'], known.padEnd(10))}  ${what}`)
  }
}
