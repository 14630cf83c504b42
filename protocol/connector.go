package protocol

// ConnectorCreate draws an arrow between two objects (notes, clusters or areas). It goes when one of them goes.
type ConnectorCreate struct {
	Connector ID     `json:"connector"`
	From      ID     `json:"from"`
	To        ID     `json:"to"`
	Label     string `json:"label,omitempty"`
}

// Kind returns "connector.create".
func (*ConnectorCreate) Kind() string { return "connector.create" }

// Check checks the label and refuses an arrow from an object to itself.
func (o *ConnectorCreate) Check() error {
	if o.From == o.To {
		return CodeSameObject.Errorf("a connector joins two objects")
	}
	return checkLine(o.Label, MaxName)
}

// ConnectorLabel labels a connector; an empty label takes it away.
type ConnectorLabel struct {
	Connector ID     `json:"connector"`
	Label     string `json:"label"`
}

// Kind returns "connector.label".
func (*ConnectorLabel) Kind() string { return "connector.label" }

// Check checks the label.
func (o *ConnectorLabel) Check() error { return checkLine(o.Label, MaxName) }

// ConnectorDelete deletes a connector.
type ConnectorDelete struct {
	Connector ID `json:"connector"`
}

// Kind returns "connector.delete".
func (*ConnectorDelete) Kind() string { return "connector.delete" }

// Check accepts every connector.
func (*ConnectorDelete) Check() error { return nil }
