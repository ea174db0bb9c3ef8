export const help = `Usage: agentchart <command> [options]

Commands:
  run <module> [prompt]   Run an agent and print each node as it happens.
                          Without a prompt it is read from stdin.
      --model <name>      Use this model, such as openai:gpt-5.2
      --json              Print one JSON object a line: the nodes, then the result
  chat <module>           Talk to an agent, with /help for what else there is.
                          In a pipe each line of stdin is a prompt or a command;
                          tool calls and errors go to stderr.
      --model <name>      Use this model
      --continue <file>   Go on from messages that /save has written
      --yes               Approve all tool calls that ask for it
  dev [module]            Show runs in a browser as they happen, step them, decide about
                          their calls, fork them: a page that needs no network.
      --store <where>     Show the runs of this store, too, and keep new ones in it
      --port <n>          Where it is served (any that is free)
      --host <address>    For other machines as well (127.0.0.1: only for this one)
      --no-open           Open no browser
  graph [module]          Print the chart of an agent as Mermaid.
      --run <id>          Print the path of a stored run instead: how often each
                          state was entered, each arrow taken, and what is next
      --store <where>     Where that run is
      --json              Print the configuration, or the path, as JSON
  work <module>           Drive stored runs that are ready, until SIGTERM or Ctrl-C:
                          then steps under way come to their end first; a second
                          signal ends it at once.
      --store <where>     A SQLite file, or the URL of a Postgres database
      --concurrency <n>   Runs at the same time (4)
      --poll <ms>         How often to look for runs (1000)
      --lease <ms>        How long until others take over what it has left (30000)
      --attempts <n>      How often a run is taken up without getting on (3)
      --once              End when no run is ready
      --json              Print one JSON object a line on stdout, not text on stderr
  runs <verb>             List, show, approve, resume… stored runs:
                          see agentchart runs --help

  -h, --help              Print this
  -v, --version           Print the version

A module (TypeScript or JavaScript) exports an agent as default or as \`agent\`, and
optionally \`deps\`: a value, or a function that makes it. For \`work\` it may export
several as \`agents\`, and a \`store\` to use where none is given. Without either, the
environment variable AGENTCHART_STORE says where the store is.

Exit codes: 0 done, 1 failed, 2 not understood, 130 interrupted.
`

export const runsHelp = `Usage: agentchart runs <verb> [options]

To look at:
  list                       The runs of a store, latest first
      --status <name>        Only these: active, waiting, paused, failed, cancelled,
                             stuck, done; several with commas
      --search <text>        With this in the title or the id
      --agent <name>         Of this agent
      --after <time>         Updated since then, such as 2026-01-31
      --before <time>        Updated until then
      --limit <n>            At most so many (50)
      --cursor <text>        From where the list before ended
  show <run>                 Where it stands, what it waits for, its last messages
  history <run>              Its steps
  export <run>               Everything, as a JSON document
      --html <file>          Or as a page to look at, in one file

To say, from anywhere, also while the run is under way:
  approve <run> <call>       Let a call run that waits for approval
      --args <json>          With these arguments instead of the model's
  deny <run> <call>          Refuse it
      --message <text>       Why, for the model
  answer <run> <call>        Answer a call that is answered from outside
      --result <json>        With this
      --by <name>            Who decides (for all three)
      --index <n>            Which call, when several have this id
      --path <id,id>         Of which run below, when several ask under this id
  cancel <run>               Stop it where it is
      --message <text>       Why

To do:
  resume <run>               Drive it here, to its end or until it waits
  requeue <run>              Let workers take up one that is stuck, failed, paused or
                             cancelled
  fork <run>                 Make a new run of an earlier step, for workers or resume
      --seq <n>              The step, as history tells it (the latest)
      --prompt <text>        With another prompt
  replay <run>               Compare what it did with what the code would do now
  delete <run> --yes         Forget it
  prune                      Count those that are done; with --yes, delete them
      --status <name>        Others than those that are done
      --before <time>        Only those that have rested since, such as 2026-01-31

For all:
      --store <where>        A SQLite file, or the URL of a Postgres database
      --module <module>      The agent, for resume, fork and replay; its \`store\` is
                             used where none is given
      --json                 Print JSON

Without --store and --module, AGENTCHART_STORE says where the store is.
Exit codes: 0 done, 1 failed or too late, 2 not understood, 130 interrupted.
`
