/** The world, drawn offline: places marked by a number, on the map for the pointer and in a list for the keyboard. */
import { Skeleton } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import { useText } from '../messages/index.ts';
import { countryPlaces } from './countries.ts';
import { useFormat } from './format.ts';
import { flagOf } from './values.tsx';
import type { WorldGeometry } from './world-geometry.ts';
import classes from './world-map.module.css';

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
  /** Pixels, at most; narrower screens have a lower map. */
  height?: number;
}

let world: Promise<WorldGeometry> | undefined;

/** The shapes, once they are here. Without them (the network is away) the list remains. */
function useWorld(): WorldGeometry | 'failed' | undefined {
  const [read, setRead] = useState<WorldGeometry | 'failed'>();
  useEffect(() => {
    let ended = false;
    world ??= import('./world-geometry.ts').then(({ readWorld }) => readWorld());
    world.then(
      (geometry) => !ended && setRead(geometry),
      () => {
        world = undefined;
        if (!ended) setRead('failed');
      },
    );
    return () => {
      ended = true;
    };
  }, []);
  return read;
}

export function WorldMap({ label, places, selected = [], onSelect, height = 440 }: WorldMapProps) {
  const text = useText('common');
  const format = useFormat();
  const geometry = useWorld();
  const [pointed, setPointed] = useState<MapPlace>();
  // The largest first: smaller marks lie upon them.
  const sorted = useMemo(() => [...places].sort((a, b) => b.value - a.value), [places]);
  const maxWidth = Math.round((height * 960) / 440);

  return (
    <figure className={classes.figure} aria-label={label}>
      {geometry !== 'failed' && (
        <div className={classes.map} style={{ maxWidth }}>
          {geometry ? (
            <Drawn {...{ geometry, sorted, selected, pointed, setPointed, ...(onSelect && { onSelect }) }} />
          ) : (
            <Skeleton height="100%" />
          )}
        </div>
      )}
      <ul className={classes.list}>
        {sorted.map((place) => {
          const { country, label: told, simulated } = place;
          const content = (
            <>
              <span aria-hidden>{flagOf(country)} </span>
              {told}
              {simulated && (
                <span className={classes.simulated} role="img" aria-label={text.simulated} title={text.simulated} />
              )}
            </>
          );
          const point = {
            onPointerEnter: () => setPointed(place),
            onPointerLeave: () => setPointed(undefined),
            onFocus: () => setPointed(place),
            onBlur: () => setPointed(undefined),
          };
          return (
            <li key={keyOf(place)} title={format.country(country)}>
              {onSelect ? (
                <button
                  type="button"
                  aria-pressed={selected.includes(country)}
                  onClick={() => onSelect(country)}
                  {...point}
                >
                  {content}
                </button>
              ) : (
                <span {...point}>{content}</span>
              )}
            </li>
          );
        })}
      </ul>
    </figure>
  );
}

function keyOf({ country, simulated }: MapPlace): string {
  return `${country}${simulated ? ' simulated' : ''}`;
}

interface DrawnProps extends Pick<WorldMapProps, 'onSelect'> {
  geometry: WorldGeometry;
  sorted: readonly MapPlace[];
  selected: readonly string[];
  pointed: MapPlace | undefined;
  setPointed: (place: MapPlace | undefined) => void;
}

/** Pixels on the screen. */
const leastRadius = 4;
const mostRadius = 15;

/** The map itself. It says nothing that the list does not, so that it is only for the eye and the pointer. */
function Drawn({ geometry, sorted, selected, pointed, setPointed, onSelect }: DrawnProps) {
  const { ref, width } = useElementSize();
  const unit = width > 0 ? 960 / width : 1;
  const most = Math.max(1, ...sorted.map(({ value }) => value));
  const chosen = new Set(selected.map((code) => countryPlaces.get(code)?.numeric));
  const present = new Set(sorted.map(({ country }) => countryPlaces.get(country)?.numeric));
  const at = ({ country }: MapPlace) => {
    const place = countryPlaces.get(country);
    return place && geometry.project(place.longitude, place.latitude);
  };
  const tip = pointed && at(pointed);
  return (
    <div ref={ref} aria-hidden className={classes.drawn}>
      <svg viewBox="0 0 960 440" role="presentation">
        {geometry.shapes.map(({ numeric, path }, index) => (
          <path
            // biome-ignore lint/suspicious/noArrayIndexKey: shapes never change, and some have no code
            key={index}
            d={path}
            className={classes.land}
            data-present={present.has(numeric)}
            data-chosen={chosen.has(numeric)}
          />
        ))}
        {sorted.map((place) => {
          const where = at(place);
          if (!where) return null;
          const radius = leastRadius + (mostRadius - leastRadius) * Math.sqrt(place.value / most);
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the list has the same, for the keyboard
            <circle
              key={keyOf(place)}
              cx={where[0]}
              cy={where[1]}
              r={radius * unit}
              className={classes.mark}
              data-simulated={place.simulated === true}
              data-chosen={selected.includes(place.country)}
              data-pointed={pointed !== undefined && keyOf(pointed) === keyOf(place)}
              data-pressable={onSelect !== undefined}
              onPointerEnter={() => setPointed(place)}
              onPointerLeave={() => setPointed(undefined)}
              onClick={() => onSelect?.(place.country)}
            />
          );
        })}
      </svg>
      {tip && (
        <div
          className={classes.tip}
          style={{
            top: tip[1] / unit,
            ...(tip[0] > 480 ? { right: width - tip[0] / unit + 12 } : { left: tip[0] / unit + 12 }),
          }}
        >
          {pointed.label}
        </div>
      )}
    </div>
  );
}
