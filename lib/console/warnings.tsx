import type { WarningsPage } from '../inspect/console/protocol.ts';
import { Nothing, Warnings } from './parts.tsx';

export function WarningsView({ page }: { page: WarningsPage }) {
  return (
    <section class="panel">
      {page.warnings.length === 0 ? <Nothing>Nothing looks wrong.</Nothing> : <Warnings warnings={page.warnings} />}
    </section>
  );
}
