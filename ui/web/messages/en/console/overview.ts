/** Texts of the overview of the console. */
import { pluralOf } from '../../plural.ts';

const plural = pluralOf('en');

export const overview = {
  title: 'Overview',
  create: 'New cluster',
  balance: 'Balance',
  held: (amount: string) => `and ${amount} on hold`,
  burn: 'Cost per hour now',
  liveClusters: (count: number) => plural(count, { one: '# live cluster', other: '# live clusters' }),
  today: 'Spent today',
  month: 'Spent this month',
  utc: 'since midnight UTC',
  monthUtc: 'since the first, UTC',
  simulatedTitle: 'Simulated, in SIM (no money)',
  lasts: (time: string) => `At this rate the balance lasts ${time}`,
  lastsForever: 'Nothing is using it up',
  warning: {
    day: 'The balance lasts less than a day',
    sixHours: 'The balance lasts less than 6 hours',
    hour: 'The balance lasts less than an hour',
    gone: 'The balance is gone',
    text: (time: string) =>
      `At this rate it is gone in ${time}. Then there is a grace of 5 minutes before clusters are terminated.`,
    goneText: 'Clusters are terminated after a grace of 5 minutes.',
    fix: 'Ask an operator for credit, or terminate what you do not need.',
  },
  clusters: 'Live clusters',
  allClusters: 'All clusters',
  noClusters: 'No cluster is live',
  spending: 'Spending by day',
  spendingLead: (days: number) => `The last ${days} days in UTC, from the usage windows.`,
  spendingNone: 'Nothing was spent in this time.',
  spendingSeries: 'Spent',
  events: 'Recent events',
  eventsNone: 'Nothing has happened yet',
  firstSteps: 'First steps',
  steps: {
    credit: {
      title: 'Get credit',
      text: 'An operator of this Muster grants it to your organization. Simulated workers need none: they cost SIM, which is no money.',
      done: 'There is a balance.',
      link: 'Billing',
    },
    cluster: {
      title: 'Create a cluster',
      text: 'Say what you need; you see what fits and what it costs while you choose.',
      done: 'There was a cluster.',
      link: 'New cluster',
    },
    apiKey: {
      title: 'Make an API key',
      text: 'For the command line and for programs.',
      done: 'There is an API key.',
      link: 'API keys',
    },
  },
  done: 'Done',
};
