/** Texts of the public site. */
import { pluralOf } from '../plural.ts';

const plural = pluralOf('en');

export const site = {
  title: 'Muster',
  footer: 'Muster is open source (Apache-2.0): a GPU cloud that anyone can run.',
  showSimulated: 'Show simulated supply',
  availability: {
    headline: 'GPUs from data centres and from individual owners, by the second',
    lead: 'Say which processor, where, how well connected, under which compliance and for how long. You get exactly that at a known price, or the reason why not and the nearest request that works.',
    start: 'Sign up and start',
    create: 'Create a cluster',
    none: 'Nothing can be taken just now',
    noneHint: 'This list renews itself as soon as a worker becomes free.',
    where: 'Where it is',
    what: 'What there is',
    devices: 'Free devices',
    workers: 'Free workers',
    models: 'Models',
    countries: 'Countries',
    place: (country: string, devices: number, price: string) =>
      `${country}: ${plural(devices, { one: '# device', other: '# devices' })}, from ${price} per device and hour`,
  },
  offer: {
    model: 'Model',
    country: 'Country',
    connectivity: 'Connectivity',
    service: 'Service',
    compliance: 'Compliance',
    free: 'Free devices',
    price: 'Per device-hour',
  },
  model: {
    facts: 'About',
    vendor: 'Vendor',
    memory: 'Memory',
    architecture: 'Architecture',
    interconnect: 'Interconnect',
    offers: 'Where it can be taken now',
    noOffers: 'None is free just now',
    history: 'Price history',
    historyHint: 'Of one device for one hour before tiers, compliance and floors: the median, and between P10 and P90.',
    noHistory: 'It had no price in this time',
    median: 'Median',
    region: 'Region',
    span: 'Time',
    spans: { day: '24 hours', week: '7 days', month: '30 days' },
  },
  network: {
    title: 'The network in numbers',
    lead: 'Each number is counted from the ledger or the events at the moment it is asked for; none is kept by hand.',
    hired: 'Hired devices',
    hiredHint: 'In clusters now',
    idle: 'Idle devices',
    idleHint: 'Ready for a cluster now',
    clusters: 'Clusters created',
    tasks: 'Tasks run',
    revenue: 'Revenue',
    everHint: 'Since the beginning',
    deviceHours: 'Device-hours',
    perDay: 'by day',
    ladder: 'Workers by readiness',
    ladderHint: 'The steps are a ladder: a worker stands on one of them, and the counts are never added together.',
    step: 'Step',
    workers: 'Workers',
    devices: 'Cluster-ready devices by model and country',
    countedAt: 'Counted',
  },
  howItWorks: {
    lead: 'One contract, one lifecycle and one ledger, for a data centre and for one gaming PC.',
    customers: {
      title: 'You need devices',
      start: 'Sign up as a customer',
      steps: [
        [
          'Say what you need',
          'Processor, location, connectivity, compliance, time, and the most you would pay. Every choice shows what it leaves and what it costs.',
        ],
        [
          'Take the quote',
          'It names the exact workers and the price to the second, and is honoured for five minutes. If nothing matches, you are told why not, with the nearest request that works.',
        ],
        [
          'Run',
          'Your cluster is assembled all or nothing. Run tasks, follow logs, open a shell. A worker that is lost is replaced by itself, and the timeline shows it.',
        ],
        [
          'Pay by the second',
          'From the moment that every worker runs. Image download and faults of the platform are free. Every bill can be derived again from its usage windows.',
        ],
      ] as [string, string][],
    },
    suppliers: {
      title: 'You have devices',
      start: 'Sign up as a supplier',
      steps: [
        [
          'Run one command',
          'The worker portal gives you a command with a single-use token. It needs Podman or Docker, works behind a router, and opens no port.',
        ],
        [
          'See how far you are',
          'Registered, verified, cluster-ready, hired: each step says what is required, what your machine has, and what to do about the difference.',
        ],
        [
          'Set your floor',
          'Your worker is never leased for less. The portal shows what the market pays for the same model.',
        ],
        ['Earn', 'The customer’s charge less the platform’s fee, to the micro-dollar, from the same transaction.'],
      ] as [string, string][],
    },
    promises: {
      title: 'What you can hold us to',
      items: [
        [
          'A reason for every refusal',
          'Dimension by dimension, for every request that finds no workers and every worker that does not earn.',
        ],
        ['Bills that anyone can re-derive', 'From usage windows without gap or overlap, to the micro-unit.'],
        [
          'Clusters that repair themselves',
          'The same constraints, at a price no higher. While a worker is missing, the cluster costs nothing.',
        ],
        [
          'Compliance that is attested',
          'By the operator, with evidence and an expiry; never declared by the supplier.',
        ],
        [
          'Teams from the first day',
          'Organizations, roles, API keys with scopes, quotas, and an audit whose chain shows if a row was changed.',
        ],
        [
          'Nothing simulated looks real',
          'Simulated supply is for trying things out. It is marked everywhere and costs SIM, which is no money.',
        ],
      ] as [string, string][],
    },
  },
  reference: {
    lead: 'Rendered from the contract that validates every request. The command line and the typed client are made from the same.',
    api: 'API',
    apis: { public: 'Public', private: 'Workers', internal: 'Operators' },
    nothing: 'No operation matches',
    access: 'Who may call it',
    anyone: 'anyone',
    signedIn: 'whoever is signed in',
    parameters: 'Parameters',
    body: 'Body',
    answer: 'Answer',
    refusals: 'Refusals',
    member: 'Name',
    type: 'Type',
    meaning: 'Meaning',
    required: 'required',
  },
  credentials: {
    email: 'E-mail',
    password: 'Password',
    passwordHint: 'At least 12 characters',
    name: 'Your name',
    organization: 'Organization',
    organizationHint: 'Yours to begin with; others can be added as members.',
    signUpLead: 'One account is for both: taking devices, and lending yours.',
    noAccount: 'No account yet?',
    haveAccount: 'You have an account?',
  },
};
