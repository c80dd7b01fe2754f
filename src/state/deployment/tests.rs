use super::*;

fn read(text: &str) -> (Deployment, Settings, Vec<String>) {
    Deployment::read(text, Settings::built_in())
}
