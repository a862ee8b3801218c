import { Badge, IconButton, Menu, MenuChoice, MenuLabel } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { type ModelPlace, type ProductPlace, productsQuery } from './queries.ts';
import { may, roleLabels } from './rights.ts';

const crumb = 'max-w-64 truncate rounded-[4px] hover:text-primary';

/** The way to a product's page: products, and which one, to be switched on the spot. */
export function productCrumbs(at: { readonly id: string; readonly name: string }): readonly ReactNode[] {
  return [
    <Link key="products" to="/products" className={crumb}>
      Products
    </Link>,
    <ProductSwitcher key="product" at={at} />,
  ];
}

const switcher =
  'inline-flex max-w-64 items-center gap-1 rounded-[4px] hover:text-primary data-[state=open]:text-primary';

/** Which product this is, and the others. */
function ProductSwitcher({ at }: { at: { readonly id: string; readonly name: string } }) {
  const { data } = useQuery(productsQuery);
  const navigate = useNavigate();
  return (
    <Menu
      label="Product"
      align="start"
      trigger={
        <button type="button" className={switcher} aria-label={`Product ${at.name}: switch`}>
          <span className="truncate">{at.name}</span>
          <ChevronsUpDown size={12} aria-hidden className="shrink-0 text-faint" />
        </button>
      }
    >
      <MenuLabel>Products</MenuLabel>
      <div className="max-h-80 overflow-y-auto">
        {data?.items.map(({ serviceId, name, role }) => (
          <MenuChoice
            key={serviceId}
            checked={serviceId === at.id}
            onSelect={() => void navigate({ to: '/products/$id', params: { id: serviceId } })}
          >
            {name} <span className="text-12 font-normal text-muted">{roleLabels[role]}</span>
          </MenuChoice>
        ))}
      </div>
    </Menu>
  );
}

/** Which model this is, and the others of its product. */
export function ModelSwitcher({ at }: { at: ModelPlace }) {
  const navigate = useNavigate();
  return (
    <Menu
      label="Model"
      align="start"
      trigger={<IconButton small icon={ChevronsUpDown} label="Switch to another model" className="-ml-1.5" />}
    >
      <MenuLabel>{at.name}</MenuLabel>
      <div className="max-h-80 overflow-y-auto">
        {at.document.models
          .filter((model) => may(model, at.role, 'list'))
          .map(({ name, labelPlural }) => (
            <MenuChoice
              key={name}
              checked={name === at.model.name}
              onSelect={() =>
                void navigate({ to: '/products/$id/$model', params: { id: at.id, model: name }, search: {} })
              }
            >
              {labelPlural}
            </MenuChoice>
          ))}
      </div>
    </Menu>
  );
}

/** What this operator is here. */
export function RoleBadge({ at }: { at: Pick<ProductPlace, 'role'> }) {
  return (
    <span title="Your role at this product">
      <Badge>{roleLabels[at.role]}</Badge>
    </span>
  );
}
