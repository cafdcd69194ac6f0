/** Texte der Übersicht der Konsole. */
import type { Messages } from '../../index.ts';
import { pluralOf } from '../../plural.ts';

const plural = pluralOf('de');

export const overview: Messages['console']['overview'] = {
  title: 'Übersicht',
  create: 'Neuer Cluster',
  balance: 'Guthaben',
  held: (amount) => `und ${amount} vorgemerkt`,
  burn: 'Kosten je Stunde, jetzt',
  liveClusters: (count) => plural(count, { one: '# aktiver Cluster', other: '# aktive Cluster' }),
  today: 'Heute ausgegeben',
  month: 'Diesen Monat ausgegeben',
  utc: 'seit Mitternacht UTC',
  monthUtc: 'seit dem Ersten, UTC',
  simulatedTitle: 'Simuliert, in SIM (kein Geld)',
  lasts: (time) => `So reicht das Guthaben noch ${time}`,
  lastsForever: 'Nichts verbraucht es',
  warning: {
    day: 'Das Guthaben reicht weniger als einen Tag',
    sixHours: 'Das Guthaben reicht weniger als 6 Stunden',
    hour: 'Das Guthaben reicht weniger als eine Stunde',
    gone: 'Das Guthaben ist aufgebraucht',
    text: (time) => `So ist es in ${time} aufgebraucht. Danach bleiben 5 Minuten, bevor Cluster beendet werden.`,
    goneText: 'Cluster werden nach einer Frist von 5 Minuten beendet.',
    fix: 'Bitten Sie einen Betreiber um Guthaben, oder beenden Sie, was Sie nicht brauchen.',
  },
  clusters: 'Aktive Cluster',
  allClusters: 'Alle Cluster',
  noClusters: 'Kein Cluster ist aktiv',
  spending: 'Ausgaben nach Tagen',
  spendingLead: (days) => `Die letzten ${days} Tage in UTC, aus den Nutzungsfenstern.`,
  spendingNone: 'In dieser Zeit wurde nichts ausgegeben.',
  spendingSeries: 'Ausgegeben',
  events: 'Letzte Ereignisse',
  eventsNone: 'Noch ist nichts geschehen',
  firstSteps: 'Erste Schritte',
  steps: {
    credit: {
      title: 'Guthaben bekommen',
      text: 'Ein Betreiber dieses Muster schreibt es Ihrer Organisation gut. Simulierte Worker brauchen keines: Sie kosten SIM, das ist kein Geld.',
      done: 'Es gibt Guthaben.',
      link: 'Abrechnung',
    },
    cluster: {
      title: 'Einen Cluster anlegen',
      text: 'Sagen Sie, was Sie brauchen; beim Wählen sehen Sie, was passt und was es kostet.',
      done: 'Es gab einen Cluster.',
      link: 'Neuer Cluster',
    },
    apiKey: {
      title: 'Einen API-Schlüssel anlegen',
      text: 'Für die Kommandozeile und für Programme.',
      done: 'Es gibt einen API-Schlüssel.',
      link: 'API-Schlüssel',
    },
  },
  done: 'Erledigt',
};
