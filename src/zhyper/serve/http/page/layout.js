// Where things go on the map: which point lies in a direction, and which labels fit.

/** @typedef {{x: number, y: number}} Spot */
/** @typedef {"ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown"} Arrow */

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * The spot to go to from one of them with an arrow key: near, and not too far aside. The spot itself where there is none that way.
 * @param {Spot[]} spots
 * @param {number} from
 * @param {string} arrow
 */
export function towards(spots, from, arrow) {
  const [wayX, wayY] = WAYS[arrow];
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  spots.forEach((spot, at) => {
    const [x, y] = [spot.x - spots[from].x, spot.y - spots[from].y];
    const along = x * wayX + y * wayY;
    const aside = Math.abs(x * wayY) + Math.abs(y * wayX);
    if (at === from || along <= 0 || aside > 2 * along) return;
    const cost = along + 2 * aside;
    if (cost < least) [best, least] = [at, cost];
  });
  return best;
}

/**
 * The spot nearest to a place, if one is within `reach`; else -1.
 * @param {Spot[]} spots
 * @param {Spot} place
 * @param {number} reach
 */
export function nearestTo(spots, place, reach) {
  let best = -1;
  let least = reach;
  spots.forEach((spot, at) => {
    const away = Math.hypot(spot.x - place.x, spot.y - place.y);
    if (away < least) [best, least] = [at, away];
  });
  return best;
}

/**
 * Labels that do not cover each other, to the right or the left of their spots; the first ones come first.
 * @param {Spot[]} spots
 * @param {number[]} widths of the labels
 * @param {number} width of the map
 * @param {number} height of a label
 * @param {number} gap between a spot and its label
 * @returns {({x: number, anchor: "start" | "end"} | null)[]} null for a label that does not fit
 */
export function labels(spots, widths, width, height, gap) {
  /** @type {[number, number, number, number][]} */
  const taken = spots.map(({ x, y }) => [x - gap / 2, x + gap / 2, y - gap / 2, y + gap / 2]);
  return spots.map(({ x, y }, at) => {
    for (const [from, anchor] of /** @type {[number, "start" | "end"][]} */ ([[x + gap, "start"], [x - gap - widths[at], "end"]])) {
      const [left, right, top, bottom] = [from, from + widths[at], y - height / 2, y + height / 2];
      if (left < 2 || right > width - 2) continue;
      if (taken.some(([l, r, t, b], other) => other !== at && left < r && l < right && top < b && t < bottom)) continue;
      taken.push([left, right, top, bottom]);
      return { x: anchor === "start" ? from : x - gap, anchor };
    }
    return null;
  });
}
