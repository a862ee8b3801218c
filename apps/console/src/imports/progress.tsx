/** How much of the work is done: a line that keeps its place before, during and after. */
export function Progress({ done, total }: { done: number; total: number }) {
  const percent = total === 0 ? 0 : Math.floor((done / total) * 100);
  return (
    <div
      role="progressbar"
      aria-label="Rows done"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
      aria-valuetext={`${percent}%`}
      className="h-1 bg-pressed"
    >
      <div
        className="h-full bg-accent-mark transition-[width] duration-300"
        style={{ width: `${percent}%` }}
      />
    </div>
  );
}
