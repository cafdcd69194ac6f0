/** Texts of the public site, in German. */
import type { Messages } from '../index.ts';
import { pluralOf } from '../plural.ts';

const plural = pluralOf('de');

export const site: Messages['site'] = {
  title: 'Muster',
  footer: 'Muster ist quelloffen (Apache-2.0): eine GPU-Cloud, die jeder betreiben kann.',
  showSimulated: 'Simuliertes Angebot zeigen',
  availability: {
    headline: 'GPUs aus Rechenzentren und von einzelnen Besitzern, sekundengenau',
    lead: 'Sagen Sie, welcher Prozessor, wo, wie gut angebunden, mit welcher Compliance und wie lange. Sie bekommen genau das zu einem bekannten Preis, oder den Grund, warum nicht, und die nächstliegende Anfrage, die geht.',
    start: 'Registrieren und loslegen',
    create: 'Cluster anlegen',
    none: 'Im Moment ist nichts frei',
    noneHint: 'Diese Liste erneuert sich, sobald ein Worker frei wird.',
    where: 'Wo es ist',
    what: 'Was es gibt',
    devices: 'Freie Geräte',
    workers: 'Freie Worker',
    models: 'Modelle',
    countries: 'Länder',
    place: (country: string, devices: number, price: string) =>
      `${country}: ${plural(devices, { one: '# Gerät', other: '# Geräte' })}, ab ${price} pro Gerät und Stunde`,
  },
  offer: {
    model: 'Modell',
    country: 'Land',
    connectivity: 'Anbindung',
    service: 'Dienstklasse',
    compliance: 'Compliance',
    free: 'Freie Geräte',
    price: 'Pro Gerätestunde',
  },
  model: {
    facts: 'Eigenschaften',
    vendor: 'Hersteller',
    memory: 'Speicher',
    architecture: 'Architektur',
    interconnect: 'Verbindung',
    offers: 'Wo es jetzt zu haben ist',
    noOffers: 'Im Moment ist keines frei',
    history: 'Preisverlauf',
    historyHint:
      'Für ein Gerät und eine Stunde vor Klassen, Compliance und Mindestpreisen: der Median, und der Bereich von P10 bis P90.',
    noHistory: 'In dieser Zeit hatte es keinen Preis',
    median: 'Median',
    region: 'Region',
    span: 'Zeitraum',
    spans: { day: '24 Stunden', week: '7 Tage', month: '30 Tage' },
  },
  network: {
    title: 'Das Netzwerk in Zahlen',
    lead: 'Jede Zahl wird in dem Moment, in dem sie gefragt ist, aus dem Hauptbuch oder den Ereignissen gezählt; keine wird von Hand geführt.',
    hired: 'Vermietete Geräte',
    hiredHint: 'Jetzt in Clustern',
    idle: 'Freie Geräte',
    idleHint: 'Jetzt bereit für einen Cluster',
    clusters: 'Angelegte Cluster',
    tasks: 'Gelaufene Tasks',
    revenue: 'Umsatz',
    everHint: 'Seit Beginn',
    deviceHours: 'Gerätestunden',
    perDay: 'nach Tagen',
    ladder: 'Worker nach Bereitschaft',
    ladderHint: 'Die Stufen sind eine Leiter: Ein Worker steht auf einer davon, und die Zahlen werden nie addiert.',
    step: 'Stufe',
    workers: 'Worker',
    devices: 'Clusterbereite Geräte nach Modell und Land',
    countedAt: 'Gezählt',
  },
  howItWorks: {
    lead: 'Ein Vertrag, ein Lebenszyklus und ein Hauptbuch, für ein Rechenzentrum wie für einen Spiele-PC.',
    customers: {
      title: 'Sie brauchen Geräte',
      start: 'Als Kunde registrieren',
      steps: [
        [
          'Sagen Sie, was Sie brauchen',
          'Prozessor, Ort, Anbindung, Compliance, Zeit, und was Sie höchstens zahlen. Jede Wahl zeigt, was sie übrig lässt und was sie kostet.',
        ],
        [
          'Nehmen Sie das Angebot an',
          'Es nennt die genauen Worker und den Preis auf die Sekunde und gilt fünf Minuten. Passt nichts, erfahren Sie, warum nicht, mit der nächstliegenden Anfrage, die geht.',
        ],
        [
          'Rechnen Sie',
          'Ihr Cluster wird ganz oder gar nicht zusammengestellt. Starten Sie Tasks, folgen Sie Logs, öffnen Sie eine Shell. Ein verlorener Worker wird von selbst ersetzt, und der Verlauf zeigt es.',
        ],
        [
          'Zahlen Sie pro Sekunde',
          'Ab dem Moment, in dem jeder Worker läuft. Das Laden von Images und Fehler der Plattform sind frei. Jede Rechnung lässt sich aus ihren Nutzungsfenstern nachrechnen.',
        ],
      ],
    },
    suppliers: {
      title: 'Sie haben Geräte',
      start: 'Als Anbieter registrieren',
      steps: [
        [
          'Führen Sie einen Befehl aus',
          'Das Worker-Portal gibt Ihnen einen Befehl mit einem einmaligen Token. Er braucht Podman oder Docker, geht hinter einem Router und öffnet keinen Port.',
        ],
        [
          'Sehen Sie, wie weit Sie sind',
          'Registriert, geprüft, clusterbereit, vermietet: Jede Stufe sagt, was verlangt ist, was Ihre Maschine hat, und was zu tun ist.',
        ],
        [
          'Setzen Sie Ihren Mindestpreis',
          'Ihr Worker wird nie billiger vermietet. Das Portal zeigt, was der Markt für dasselbe Modell zahlt.',
        ],
        [
          'Verdienen Sie',
          'Was der Kunde zahlt, weniger die Gebühr der Plattform, auf den Mikro-Dollar, aus derselben Buchung.',
        ],
      ],
    },
    promises: {
      title: 'Worauf Sie sich verlassen können',
      items: [
        [
          'Ein Grund für jede Absage',
          'Dimension für Dimension, für jede Anfrage, die keine Worker findet, und jeden Worker, der nicht verdient.',
        ],
        [
          'Rechnungen, die jeder nachrechnen kann',
          'Aus Nutzungsfenstern ohne Lücke und Überlappung, auf die Mikro-Einheit.',
        ],
        [
          'Cluster, die sich selbst reparieren',
          'Dieselben Bedingungen, zu keinem höheren Preis. Solange ein Worker fehlt, kostet der Cluster nichts.',
        ],
        ['Bescheinigte Compliance', 'Vom Betreiber, mit Nachweis und Ablauf; nie vom Anbieter selbst erklärt.'],
        [
          'Teams vom ersten Tag an',
          'Organisationen, Rollen, API-Schlüssel mit Rechten, Kontingente, und ein Protokoll, dessen Kette zeigt, ob eine Zeile geändert wurde.',
        ],
        [
          'Nichts Simuliertes sieht echt aus',
          'Simuliertes Angebot ist zum Ausprobieren. Es ist überall gekennzeichnet und kostet SIM, das ist kein Geld.',
        ],
      ],
    },
  },
  reference: {
    lead: 'Aus dem Vertrag, der jede Anfrage prüft. Die Kommandozeile und der typisierte Client entstehen aus demselben.',
    api: 'API',
    apis: { public: 'Öffentlich', private: 'Worker', internal: 'Betreiber' },
    nothing: 'Keine Operation passt',
    access: 'Wer sie aufrufen darf',
    anyone: 'jeder',
    signedIn: 'wer angemeldet ist',
    parameters: 'Parameter',
    body: 'Inhalt',
    answer: 'Antwort',
    refusals: 'Absagen',
    member: 'Name',
    type: 'Typ',
    meaning: 'Bedeutung',
    required: 'erforderlich',
  },
  credentials: {
    email: 'E-Mail',
    password: 'Passwort',
    passwordHint: 'Mindestens 12 Zeichen',
    name: 'Ihr Name',
    organization: 'Organisation',
    organizationHint: 'Zunächst Ihre; andere können als Mitglieder hinzukommen.',
    signUpLead: 'Ein Konto ist für beides: Geräte nehmen und eigene verleihen.',
    noAccount: 'Noch kein Konto?',
    haveAccount: 'Sie haben ein Konto?',
  },
};
