"""From trees and texts to DOT, SVG and HTML."""
