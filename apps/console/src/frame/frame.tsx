import { IconButton, SidePanel } from '@castellan/ui';
import { Outlet, useLocation } from '@tanstack/react-router';
import { Menu as MenuIcon, Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { usePalette } from '../palette/use-palette.tsx';
import { Mark } from './mark.tsx';
import { Sidebar } from './sidebar.tsx';

const collapsedKey = 'castellan-sidebar';

function readCollapsed(): boolean {
  try {
    return localStorage.getItem(collapsedKey) === 'collapsed';
  } catch {
    return false;
  }
}

/** What stands around every page: the sidebar, a sheet with the same on a phone, and the landmark of the page. */
export function Frame() {
  const [collapsed, setCollapsed] = useState(readCollapsed);
  const [sheetOpen, setSheetOpen] = useState(false);
  const { pathname } = useLocation();
  const { palette, open: onSearch, preload } = usePalette();
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);

  // A new page takes the focus, so that keyboard and reader go on from its top; a filter does not.
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    setSheetOpen(false);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);

  const toggle = () => {
    setCollapsed(!collapsed);
    try {
      localStorage.setItem(collapsedKey, collapsed ? 'open' : 'collapsed');
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
  };

  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-60 rounded-control bg-float px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-subtle bg-page px-2 md:hidden">
        <IconButton icon={MenuIcon} label="Open navigation" onClick={() => setSheetOpen(true)} />
        <Mark size={22} />
        <span className="flex-1 text-14 font-semibold">Castellan</span>
        <IconButton icon={Search} label="Search everything" onClick={onSearch} onPointerEnter={preload} />
      </header>
      <SidePanel bare side="left" title="Navigation" open={sheetOpen} onOpenChange={setSheetOpen}>
        <Sidebar collapsed={false} />
      </SidePanel>
      <aside
        className={`sticky top-0 hidden h-dvh shrink-0 border-r border-subtle bg-sunken md:block ${collapsed ? 'w-14' : 'w-56'}`}
      >
        <Sidebar collapsed={collapsed} onToggle={toggle} onSearch={onSearch} onMaySearch={preload} />
      </aside>
      <main ref={main} id="main" tabIndex={-1} className="min-w-0 flex-1 outline-none">
        <Outlet />
      </main>
      {palette}
    </div>
  );
}
