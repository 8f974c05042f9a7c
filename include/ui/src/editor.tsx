// The part for writing rules; what it shares with the other pages comes from the first bundle.
import { YamlPage } from "./editor/YamlPage";

export default YamlPage;
