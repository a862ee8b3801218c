/** How much of the work is done, as a bar and in words. */
export function Progress({ done, total }: { done: number; total: number }) {
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  return (
    <div className="flex items-center gap-4 border-t border-subtle px-4 py-3">
      <div
        role="progressbar"
        aria-label="Import"
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        aria-valuetext={`${percent}%`}
        className="h-1.5 flex-1 overflow-hidden rounded-full bg-pressed"
      >
        <div
          className="h-full rounded-full bg-accent-mark transition-[width] duration-300"
          style={{ width: `${percent}%` }}
        />
      </div>
      <span className="w-10 text-right text-13 text-muted tabular-nums">{percent}%</span>
    </div>
  );
}
