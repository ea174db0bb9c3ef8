import { and, assign, createMachine, fromPromise, not } from 'xstate'

/** A machine with one of everything that a chart can have. It need not make sense. */
export const zoo = createMachine({
  id: 'zoo',
  initial: 'day',
  context: { visitors: 0 },
  invoke: { src: 'fetch' },
  on: {
    'alarm:fire; now': '.night',
    count: { actions: { type: 'count', params: { by: 1 } } },
    '*': { actions: assign({ visitors: 1 }) },
    restart: '#zoo',
  },
  states: {
    day: {
      type: 'parallel',
      entry: 'log',
      exit: ['log', () => {}],
      onDone: 'night',
      on: { reset: '#zoo.day' },
      states: {
        gate: {
          initial: 'open',
          states: {
            open: { on: { close: { guard: 'isOpen', target: 'closed' } } },
            closed: { type: 'final' },
          },
        },
        shop: {
          initial: 'busy',
          states: {
            busy: {
              after: {
                1000: 'calm',
                aWhile: { guard: ({ context }) => context['visitors'] !== 1, target: 'calm' },
              },
            },
            calm: { type: 'final' },
          },
        },
        note: {},
      },
    },
    night: {
      initial: 'dark',
      tags: ['quiet'],
      invoke: {
        id: 'guardian',
        src: fromPromise(async () => 2),
        onDone: { target: 'day', guard: and(['isOpen', not('isOpen')]) },
        onError: { actions: 'log' },
        onSnapshot: { actions: 'log' },
      },
      always: { guard: { type: 'isOld', params: { years: 4 } }, target: 'day' },
      on: {
        'alarm:fire; now': undefined,
        again: { target: 'night', reenter: true },
        back: '.before',
        over: 'end',
      },
      states: {
        dark: { on: { up: '#zoo.night', lamp: 'lit', blink: { target: 'dark', reenter: true } } },
        lit: { meta: { brightness: 1, since: () => 2 } },
        before: { type: 'history', history: 'deep', target: 'lit' },
      },
    },
    end: { type: 'final', description: 'The "end".' },
  },
})
