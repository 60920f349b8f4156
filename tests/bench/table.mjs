// One line a figure, as the native bench prints them.
export const quantile = (values, share) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

export const median = (values) => quantile(values, 0.5);

export function line(where, what, value, unit, budget) {
  const verdict = budget === undefined ? '' : `of ${String(budget).padStart(6)} ${unit.padEnd(3)} ${value <= budget ? 'within' : 'OVER'}`;
  return `${where.padEnd(8)} ${what.padEnd(58)} ${value.toFixed(2).padStart(9)} ${unit.padEnd(3)} ${verdict}`.trimEnd();
}
