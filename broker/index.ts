export { type Broker, connectBroker } from './connection.ts';
export { type ConsumeOptions, type Consumer, consume, type Handler, idempotent, inTransaction } from './consumer.ts';
export {
  type DeadLetter,
  discardDeadLetter,
  keepDeadLetters,
  listDeadLetters,
  replayAllDeadLetters,
  replayDeadLetter,
} from './dead-letters.ts';
export type { Message, OutgoingMessage } from './message.ts';
export { enqueue } from './outbox.ts';
export { PublishError } from './publisher.ts';
export { type Relay, startRelay } from './relay.ts';
export { eventsQueue, exchanges, type QueueSpec, reportsQueue, tasksQueue } from './topology.ts';
