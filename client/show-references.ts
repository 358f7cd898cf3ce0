/** The list of references that a code lens of the language server opens. */
import * as vscode from 'vscode';
import { clientCommands } from '../server/protocol/index.ts';

interface WirePosition {
  readonly line: number;
  readonly character: number;
}
interface WireLocation {
  readonly uri: string;
  readonly range: { readonly start: WirePosition; readonly end: WirePosition };
}

const positionOf = ({ line, character }: WirePosition) => new vscode.Position(line, character);

/** Registers the command; dispose of what is returned to take it away. */
export const registerShowReferences = (): vscode.Disposable =>
  vscode.commands.registerCommand(
    clientCommands.showReferences,
    (uri: string, at: WirePosition, places: readonly WireLocation[]) =>
      vscode.commands.executeCommand(
        'editor.action.showReferences',
        vscode.Uri.parse(uri),
        positionOf(at),
        places.map(
          (place) =>
            new vscode.Location(
              vscode.Uri.parse(place.uri),
              new vscode.Range(positionOf(place.range.start), positionOf(place.range.end)),
            ),
        ),
      ),
  );
