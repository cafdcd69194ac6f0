/** The shapes of the countries, drawn once: read from our own origin with the first map that is shown. */
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlasUrl from 'world-atlas/countries-110m.json?url';

export interface WorldGeometry {
  /** Each country by its ISO 3166-1 numeric code, as the path of an SVG; without Antarctica. */
  shapes: { numeric: string; path: string }[];
  /** Where a place lies on the map. */
  project(longitude: number, latitude: number): [x: number, y: number];
}

/** The size on which paths and places are. */
export const mapWidth = 960;
export const mapHeight = 440;
const antarctica = '010';

export async function readWorld(): Promise<WorldGeometry> {
  const response = await fetch(atlasUrl);
  if (!response.ok) throw new Error(`The map answered ${response.status}.`);
  const atlas = (await response.json()) as Topology<{ countries: GeometryCollection }>;
  const world = feature(atlas, atlas.objects.countries);
  const inhabited = { ...world, features: world.features.filter(({ id }) => id !== antarctica) };
  const projection = geoNaturalEarth1().fitSize([mapWidth, mapHeight], inhabited);
  const path = geoPath(projection).digits(1);
  return {
    shapes: inhabited.features.map((country) => ({ numeric: String(country.id), path: path(country) ?? '' })),
    project: (longitude, latitude) => projection([longitude, latitude]) ?? [0, 0],
  };
}
