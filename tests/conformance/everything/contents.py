"""What tools, resources and prompts give: the texts and pictures that the suite expects."""

from __future__ import annotations

import json

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    ContentBlock,
    EmbeddedResource,
    GetPromptResult,
    ImageContent,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
)

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
"""One red pixel."""
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
"""One sample of silence."""


def text(words: str) -> TextContent:
    return TextContent(text=words)


def image() -> ImageContent:
    return ImageContent(data=PNG, mime_type="image/png")


def audio() -> AudioContent:
    return AudioContent(data=WAV, mime_type="audio/wav")


def embedded(uri: str, mime_type: str, words: str) -> EmbeddedResource:
    return EmbeddedResource(resource=TextResourceContents(uri=uri, mime_type=mime_type, text=words))


RESOURCES = [
    Resource(uri="test://static-text", name="static-text", description="A text", mime_type="text/plain"),
    Resource(uri="test://static-binary", name="static-binary", description="A picture", mime_type="image/png"),
    Resource(uri="test://watched-resource", name="watched", description="May be watched", mime_type="text/plain"),
]
TEMPLATES = [
    ResourceTemplate(
        uri_template="test://template/{id}/data", name="template", description="Any id", mime_type="application/json"
    )
]


def read(uri: str) -> ReadResourceResult | None:
    """A resource's contents; None if there is no such."""
    found: TextResourceContents | BlobResourceContents
    prefix, suffix = "test://template/", "/data"
    if uri == "test://static-text":
        words = "This is the content of the static text resource."
        found = TextResourceContents(uri=uri, mime_type="text/plain", text=words)
    elif uri == "test://static-binary":
        found = BlobResourceContents(uri=uri, mime_type="image/png", blob=PNG)
    elif uri == "test://watched-resource":
        found = TextResourceContents(uri=uri, mime_type="text/plain", text="Nothing has changed.")
    elif uri.startswith(prefix) and uri.endswith(suffix):
        chosen = uri.removeprefix(prefix).removesuffix(suffix)
        words = json.dumps({"id": chosen, "templateTest": True, "data": f"Data for ID: {chosen}"})
        found = TextResourceContents(uri=uri, mime_type="application/json", text=words)
    else:
        return None
    return ReadResourceResult(contents=[found])


PROMPTS = [
    Prompt(name="test_simple_prompt", description="A prompt without arguments"),
    Prompt(
        name="test_prompt_with_arguments",
        description="A prompt with two arguments",
        arguments=[
            PromptArgument(name="arg1", description="First", required=True),
            PromptArgument(name="arg2", description="Second", required=True),
        ],
    ),
    Prompt(
        name="test_prompt_with_embedded_resource",
        description="A prompt that embeds a resource",
        arguments=[PromptArgument(name="resourceUri", description="Which", required=True)],
    ),
    Prompt(name="test_prompt_with_image", description="A prompt with a picture"),
    Prompt(name="test_input_required_result_prompt", description="A prompt that asks for its context"),
]


def prompt(name: str, given: dict[str, str]) -> GetPromptResult | None:
    """A prompt's messages; None if there is no such."""
    match name:
        case "test_simple_prompt":
            return said(text("This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            return said(text(f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"))
        case "test_prompt_with_embedded_resource":
            resource = embedded(given.get("resourceUri", ""), "text/plain", "Embedded resource content for testing.")
            return said(resource, text("Please process the embedded resource above."))
        case "test_prompt_with_image":
            return said(image(), text("Please analyze the image above."))
    return None


def said(*contents: ContentBlock) -> GetPromptResult:
    return GetPromptResult(messages=[PromptMessage(role="user", content=content) for content in contents])
