/**
 * The way of an SMTP session as the plan of a small railway: the stations in a line, those where the code can come are filled.
 * Drawn twice, lying for wide pages and standing for phones; the style sheet shows one.
 */
import type { Block } from '../document.ts';
import { markup } from './text.ts';
import type { Markup } from './text.ts';

type Way = Extract<Block, { kind: 'way' }>;
type Station = Way['stations'][number];

/** Of ten stations; with more the plan grows, and is drawn smaller. */
const WIDTH_MIN = 720;
const STATION_MIN = 58;
const MARGIN = 44;
const MIDDLE = 44;
const STEP = 32;

export function wayOf(way: Way): Markup {
  return markup`<figure class="way">
    <figcaption>${way.caption}</figcaption>
    ${lying(way.stations)}${standing(way.stations)}
    <p>${way.text}</p>
  </figure>`;
}

/** Labels in turn below and above the line: each has twice the room. */
function lying(stations: readonly Station[]): Markup {
  const width = Math.max(WIDTH_MIN, stations.length * STATION_MIN);
  const step = (width - 2 * MARGIN) / Math.max(1, stations.length - 1);
  const points = stations.map((station, i) => ({
    station,
    x: Math.round(MARGIN + i * step),
    up: i % 2 === 1,
  }));
  const legs = points.slice(1).map(({ station, x }, i) => {
    const before = points[i];
    if (before === undefined) return markup``;
    return leg(`M${before.x} ${MIDDLE}H${x}`, before.station.lit && station.lit);
  });
  const stops = points.map(
    ({ station, x, up }) =>
      markup`${stop(station, x, MIDDLE)}<text x="${x}" y="${up ? MIDDLE - 20 : MIDDLE + 31}" text-anchor="middle"${lit(station)}>${station.label}</text>`,
  );
  return markup`<svg class="lying" viewBox="0 0 ${width} 88" aria-hidden="true" focusable="false">
    ${legs}${stops}
  </svg>`;
}

function standing(stations: readonly Station[]): Markup {
  const points = stations.map((station, i) => ({ station, y: 16 + i * STEP }));
  const legs = points.slice(1).map(({ station, y }, i) => {
    const before = points[i];
    if (before === undefined) return markup``;
    return leg(`M16 ${before.y}V${y}`, before.station.lit && station.lit);
  });
  const stops = points.map(
    ({ station, y }) =>
      markup`${stop(station, 16, y)}<text x="36" y="${y + 5}" ${lit(station)}>${station.label}</text>`,
  );
  return markup`<svg class="standing" viewBox="0 0 240 ${stations.length * STEP}" aria-hidden="true" focusable="false">
    ${legs}${stops}
  </svg>`;
}

function leg(path: string, isLit: boolean): Markup {
  return isLit ? markup`<path class="lit" d="${path}"/>` : markup`<path d="${path}"/>`;
}

function stop(station: Station, x: number, y: number): Markup {
  return markup`<circle cx="${x}" cy="${y}" r="${station.lit ? 9 : 6}" ${lit(station)}/>`;
}

function lit(station: Station): Markup {
  return station.lit ? markup` class="lit"` : markup``;
}
