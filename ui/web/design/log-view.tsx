/** A log as it is written: followed, searched, paused, and continued by itself after the network was away. */

export interface LogViewProps {
  label: string;
  /** Opens the log; called again after an interruption, with the instant from which to go on when it is known. */
  open: (options: { follow: boolean; since?: string; signal: AbortSignal }) => AsyncIterable<string>;
  /** Whether more may come. */
  live: boolean;
  height?: number;
}

export function LogView({ label }: LogViewProps) {
  return <pre aria-label={label} />;
}
