/** The screen of a shell, by xterm: loaded with the first shell that is opened. */
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';

export interface Screen {
  write(data: Uint8Array | string): void;
  focus(): void;
  /** In the colours of the theme. */
  paint(): void;
  setReadable(readable: boolean): void;
  size(): { columns: number; rows: number };
  end(): void;
}

export interface ScreenOptions {
  label: string;
  /** Keeps what is written also as text for screen readers. */
  readable: boolean;
  onType: (text: string) => void;
  onResize: (size: { columns: number; rows: number }) => void;
  /** The reader wants out: a shell takes every key, so one must be ours (WCAG 2.1.2). */
  onLeave: () => void;
}

export function openScreen(target: HTMLElement, options: ScreenOptions): Screen {
  const terminal = new Terminal({
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mantine-font-family-monospace'),
    fontSize: 13,
    scrollback: 5_000,
    screenReaderMode: options.readable,
    // Whatever colours a program picks (WCAG 2.2, 1.4.3).
    minimumContrastRatio: 4.5,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(target);
  terminal.textarea?.setAttribute('aria-label', options.label);
  const size = () => ({ columns: terminal.cols, rows: terminal.rows });
  terminal.onData(options.onType);
  terminal.onResize(() => options.onResize(size()));
  terminal.attachCustomKeyEventHandler((event) => {
    // Left to the browser, which goes back to what stands before: no shell has a use for it.
    if (event.shiftKey && event.code === 'Tab') return false;
    if (!(event.ctrlKey && event.shiftKey && event.code === 'KeyL')) return true;
    event.preventDefault();
    if (event.type === 'keydown') options.onLeave();
    return false;
  });
  const paint = () => {
    const style = getComputedStyle(document.documentElement);
    const [background, foreground] = ['--ground-sunken', '--mantine-color-text'].map((name) =>
      style.getPropertyValue(name).trim(),
    ) as [string, string];
    terminal.options.theme = { background, foreground, cursor: foreground, selectionBackground: '#7f9f9f66' };
  };
  paint();
  fit.fit();
  const observer = new ResizeObserver(() => fit.fit());
  observer.observe(target);
  return {
    write: (data) => terminal.write(data),
    focus: () => terminal.focus(),
    paint,
    setReadable: (readable) => {
      terminal.options.screenReaderMode = readable;
    },
    size,
    end() {
      observer.disconnect();
      terminal.dispose();
    },
  };
}
