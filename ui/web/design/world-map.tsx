/** The world, drawn offline: countries shaded or marked by a number, chosen by pointer or keyboard. */

export interface MapPlace {
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** What the size of its mark stands for. */
  value: number;
  /** What is told of it: `Germany: 12 devices from $1.20`. */
  label: string;
  simulated?: boolean;
}

export interface WorldMapProps {
  label: string;
  places: readonly MapPlace[];
  /** Countries that are chosen. */
  selected?: readonly string[];
  /** With it, places are buttons. */
  onSelect?: (country: string) => void;
  /** Pixels. */
  height?: number;
}

export function WorldMap({ label }: WorldMapProps) {
  return <figure aria-label={label} />;
}
