import { Component, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';

/** A page that breaks breaks alone: the rail, the search and the way out stay. What is in it is known to us by name (`title`) only. */
export class PageBoundary extends Component<{ readonly title: string; readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false };
  static getDerivedStateFromError(): { readonly isBroken: boolean } {
    return { isBroken: true };
  }
  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <section className="page">
        <h1>{this.props.title}</h1>
        <div className="note note-bad" role="alert">
          <span>This page broke off by a mistake of ours. Nothing was changed by it. Try again, or go on to another page.</span>
        </div>
        <p>
          <Button onPress={() => this.setState({ isBroken: false })}>Try again</Button>
        </p>
      </section>
    );
  }
}
