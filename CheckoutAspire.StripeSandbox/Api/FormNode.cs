using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.WebUtilities;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>
/// One node of a form in the bracket notation of Stripe's clients: <c>line_items[0][price]=p</c>, <c>line_items[][price]=p</c>,
/// <c>expand[]=line_items</c>.
/// </summary>
internal sealed class FormNode
{
    /// <summary>Deeper than any of Stripe's parameters. The limit stops a hostile form from causing deep recursion.</summary>
    private const int MaximumDepth = 12;

    private readonly List<FormNode> _children = [];

    private FormNode(string name, string path)
    {
        Name = name;
        Path = path;
    }

    /// <summary>The last segment, for example <c>price</c>.</summary>
    public string Name { get; }

    /// <summary>The whole name as Stripe's errors write it: <c>line_items[0][price]</c>.</summary>
    public string Path { get; }

    public string? Value { get; private set; }

    public IReadOnlyList<FormNode> Children => _children;

    public bool IsLeaf => Value is not null;

    public FormNode? this[string name] => _children.Find(child => child.Name == name);

    /// <summary>Reads pairs in the order received. The order matters only among the elements of <c>[]</c>.</summary>
    public static FormNode Parse(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var root = new FormNode("", "");
        foreach (var (name, value) in pairs)
        {
            var segments = Segments(name);
            if (segments.Count > MaximumDepth)
            {
                throw ApiErrors.UnknownParameters([name]);
            }

            root.Add(segments, value);
        }

        return root;
    }

    /// <summary>Splits a form or query string; <c>+</c> and <c>%20</c> both encode a space.</summary>
    public static List<KeyValuePair<string, string>> Pairs(string encoded)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var pair in new QueryStringEnumerable(encoded))
        {
            pairs.Add(new(pair.DecodeName().ToString(), pair.DecodeValue().ToString()));
        }

        return pairs;
    }

    /// <summary>Every leaf below this node, depth first.</summary>
    public IEnumerable<FormNode> Leaves() => IsLeaf ? [this] : _children.SelectMany(child => child.Leaves());

    private static List<string> Segments(string name)
    {
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        if (bracket <= 0 || !name.EndsWith(']'))
        {
            return [name];
        }

        return [name[..bracket], .. name[(bracket + 1)..^1].Split("][")];
    }

    private void Add(List<string> segments, string value)
    {
        var node = this;
        for (var depth = 0; depth < segments.Count; depth++)
        {
            if (node.IsLeaf)
            {
                throw ApiErrors.Invalid("Invalid object", node.Path);
            }

            node = node.Child(segments[depth], segments, depth);
        }

        if (node._children.Count > 0)
        {
            throw ApiErrors.Invalid("Invalid object", node.Path);
        }

        node.Value = value;
    }

    private FormNode Child(string segment, List<string> segments, int depth)
    {
        // Same rule as Rack: items[][a]=1&items[][b]=2&items[][a]=3 has two elements, because a repeated name starts the next one.
        var name = segment;
        if (segment.Length == 0)
        {
            var continues = _children.Count > 0 && depth + 1 < segments.Count && !_children[^1].Holds(segments, depth + 1);
            name = (continues ? _children.Count - 1 : _children.Count).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (this[name] is { } existing)
        {
            return existing;
        }

        var child = new FormNode(name, Path.Length == 0 ? name : $"{Path}[{name}]");
        _children.Add(child);
        return child;
    }

    private bool Holds(List<string> segments, int depth)
    {
        var node = this;
        for (; depth < segments.Count; depth++)
        {
            if (segments[depth].Length == 0 || !node.TryGetChild(segments[depth], out var child))
            {
                return false;
            }

            node = child;
        }

        return true;
    }

    private bool TryGetChild(string name, [NotNullWhen(true)] out FormNode? child) => (child = this[name]) is not null;
}
