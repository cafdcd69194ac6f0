/** Texte der Liste der Cluster. */
import type { Messages } from '../../index.ts';

export const clusters: Messages['console']['clusters'] = {
  title: 'Cluster',
  lead: 'Was Ihre Organisation angefordert und bekommen hat.',
  create: 'Neuer Cluster',
  show: 'Welche Cluster',
  shows: { live: 'Aktiv', ended: 'Beendet', all: 'Alle' },
  columns: {
    name: 'Name',
    state: 'Zustand',
    kind: 'Art',
    model: 'Hardwaremodell',
    workers: 'Worker',
    price: 'Je Stunde',
    running: 'Läuft seit',
    cost: 'Kosten bisher',
    created: 'Angelegt',
    actions: 'Aktionen',
  },
  workersOf: (workers, devices) => `${workers} × ${devices}`,
  bare: 'Kapazität für Tasks',
  actionsOf: (name) => `Aktionen für ${name}`,
  open: 'Öffnen',
  again: 'Einen weiteren wie diesen anlegen',
  terminate: 'Beenden',
  noneLive: 'Kein Cluster ist aktiv',
  noneLiveHint: 'Ein Cluster besteht aus Workern, die zu Ihrer Anfrage passen, zu einem Preis, den Sie vorher kennen.',
  noneEnded: 'Noch ist kein Cluster zu Ende',
  none: 'Es gibt noch keine Cluster',
};
